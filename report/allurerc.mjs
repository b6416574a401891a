// How Allure 3 shows a run: areas as suites, reason kinds as categories, all in one file. `make report` runs it.
import { existsSync, readFileSync } from "node:fs";

const results = process.env.ALLURE_RESULTS ?? "reports/allure-results";
// The runs' ids stay the same, so a report knows how each check did before.
const history = process.env.ALLURE_HISTORY;
const categories = `${results}/categories.json`;

export default {
  name: "stagecheck",
  output: process.env.ALLURE_OUTPUT ?? "reports/allure-report",
  ...(history ? { historyPath: history, appendHistory: true, historyLimit: 30 } : {}),
  // Version 3 takes categories from here, and not from the results.
  categories: existsSync(categories)
    ? JSON.parse(readFileSync(categories, "utf8")).map((rule) => ({ ...rule, groupBy: ["owner"], groupByMessage: false }))
    : false,
  plugins: {
    awesome: {
      options: {
        singleFile: true,
        reportLanguage: "en",
        groupBy: ["suite", "subSuite"],
        reportName: "stagecheck",
      },
    },
  },
};
