"""What a run leaves behind: one writer a file. All of them get plain records, already redacted."""
