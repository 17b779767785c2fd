// Takes pictures of MLflow's pages after a demo: what people see of the nights.
//
//   node pictures.js FOLDER
//
// MLFLOW_TRACKING_URI says where MLflow answers, CHROMIUM where the browser lies if it isn't
// /usr/bin/chromium. `make screenshots` runs it at the end of a demo.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { browse, open, timeout } from "./browser.js";
import { compare } from "./compare.js";
import { model, nights } from "./mlflow.js";

/** Each picture: its name, the page, a text that is on it once it is there, and its size. */
function pictures({ experiment, runs, champion }) {
  const run = `/experiments/${experiment}/runs/${champion.run_id}`;
  return [
    { name: "mlflow-run", path: run, awaited: "About this run", size: { width: 1400, height: 1250 } },
    { name: "mlflow-metrics", path: `${run}/model-metrics`, awaited: "Auto-refresh", size: { width: 1400, height: 1700 }, prepare: foldLesser },
    { name: "mlflow-samples", path: `${run}/artifacts/tables/samples.json`, awaited: "bought lately", size: { width: 1600, height: 900 } },
    { name: "mlflow-version", path: `/models/${model}/versions/${champion.version}`, awaited: "Description", size: { width: 1400, height: 1150 } },
    { name: "mlflow-runs", ...compare(experiment, runs) },
  ];
}

/** Folds sections of single figures, so that those of curves are in the picture. */
async function foldLesser(page) {
  const headers = page.getByTestId("experiment-view-compare-runs-section-header");
  await headers.first().waitFor({ timeout }); // charts come after the page
  for (const section of ["data", "gate", "holdout", "holdout/segments", "lists", "prequential", "seconds"]) {
    const title = headers.getByText(section, { exact: true });
    if (await title.isVisible()) {
      await title.click({ timeout });
    }
  }
  await page.waitForTimeout(2_000);
}

/** Takes a picture of the upper part of a night's report, as it looks by itself. */
async function report(page, mlflow, run, file) {
  const response = await fetch(`${mlflow}/get-artifact?path=report.html&run_uuid=${run}`);
  if (!response.ok) {
    throw new Error(`report.html of run ${run}: status ${response.status}`);
  }
  await page.goto("about:blank");
  await page.setViewportSize({ width: 940, height: 1290 });
  await page.setContent(await response.text());
  await page.screenshot({ path: file });
  console.error(`wrote ${file}`);
}

async function main(folder) {
  const mlflow = process.env.MLFLOW_TRACKING_URI ?? "http://127.0.0.1:5000";
  const found = await nights(mlflow);
  await mkdir(folder, { recursive: true });
  await browse(mlflow, async (page) => {
    for (const { name, path, awaited, size, prepare } of pictures(found)) {
      const file = join(folder, `${name}.png`);
      await open(page, mlflow, path, awaited, size);
      await prepare?.(page);
      await page.screenshot({ path: file });
      console.error(`wrote ${file}`);
    }
    await report(page, mlflow, found.champion.run_id, join(folder, "report.png"));
  });
}

if (process.argv.length !== 3) {
  console.error("usage: node pictures.js FOLDER");
  process.exit(2);
}
try {
  await main(process.argv[2]);
} catch (error) {
  console.error(`pictures.js: ${error.message}`);
  process.exit(1);
}
