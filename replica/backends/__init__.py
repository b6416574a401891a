"""The small backends behind the gateway: trading, sourcing, the business directory, and CorelDove's shop."""
