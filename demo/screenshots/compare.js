// Takes a picture of MLflow's page that compares the runs of a demo.
//
//   node compare.js OUT.png
//
// MLFLOW_TRACKING_URI says where MLflow answers, CHROMIUM where the browser lies if it isn't
// /usr/bin/chromium. `make screenshots` runs it at the end of a demo.
import { mkdtemp, rm, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { chromium } from "playwright-core";

const experiment = "daybreak";
const parameters = ["as_of"];
const metrics = ["recall_at_20", "ndcg_at_20"];
const timeout = 120_000; // ms
const viewport = { width: 1600, height: 1700 };

/** Asks MLflow's REST API; an answer that isn't 200 is an error that holds what MLflow said. */
async function ask(mlflow, path, body) {
  const response = await fetch(`${mlflow}/api/2.0/mlflow/${path}`, {
    method: body ? "POST" : "GET",
    headers: { "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  if (!response.ok) {
    throw new Error(`${path}: status ${response.status}: ${await response.text()}`);
  }
  return response.json();
}

/** The address of the page that compares all runs of the experiment, the oldest first. */
async function comparison(mlflow) {
  const found = await ask(mlflow, `experiments/get-by-name?experiment_name=${experiment}`);
  const id = found.experiment.experiment_id;
  const { runs } = await ask(mlflow, "runs/search", { experiment_ids: [id], order_by: ["attributes.start_time ASC"] });
  if (!runs || runs.length < 2) {
    throw new Error(`experiment ${experiment} has ${runs ? runs.length : 0} runs; to compare there must be 2 or more`);
  }
  const list = (values) => encodeURIComponent(JSON.stringify(values));
  return `${mlflow}/#/compare-runs?runs=${list(runs.map((run) => run.info.run_id))}&experiments=${list([id])}`;
}

/** Chooses what the chart shows, in one of its two lists. */
async function choose(page, list, names) {
  await page.locator(".du-bois-light-select-selector").nth(list).click({ timeout });
  for (const name of names) {
    const option = page.locator(`.du-bois-light-select-item-option[title="${name}"]:visible`);
    await page.locator(".du-bois-light-select-item-option:visible").first().hover({ timeout });
    for (let tries = 0; tries < 50 && (await option.count()) === 0; tries++) {
      await page.mouse.wheel(0, 100); // the list holds only what is in sight
      await page.waitForTimeout(50);
    }
    await option.click({ timeout });
  }
  await page.keyboard.press("Escape");
}

/** Opens the page and shows on it what tells the runs apart. */
async function show(page, mlflow, address) {
  // Nothing is asked of anyone but MLflow, so that the picture is the same without the internet.
  await page.route((url) => !url.href.startsWith(mlflow), (route) => route.abort());
  await page.goto(address, { waitUntil: "domcontentloaded", timeout });
  await page.getByText("Comparing").first().waitFor({ timeout });
  await page.locator('[data-component-id="mlflow.assistant.chat_panel.close"]').click({ timeout });
  await page.getByTestId("clear-button").click({ timeout });
  await choose(page, 0, parameters);
  await choose(page, 1, metrics);
  await page.getByRole("switch", { name: "Parameters - Show diff only" }).click({ timeout });
  await page.waitForTimeout(5_000); // the chart draws itself step by step
}

async function main(out) {
  const mlflow = process.env.MLFLOW_TRACKING_URI ?? "http://127.0.0.1:5000";
  const address = await comparison(mlflow);
  const profile = await mkdtemp(join(tmpdir(), "chromium-"));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    viewport,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--no-first-run",
    ],
  });
  try {
    const page = await browser.newPage();
    await show(page, mlflow, address);
    await mkdir(dirname(out), { recursive: true });
    await page.screenshot({ path: out });
  } finally {
    await browser.close();
    await rm(profile, { recursive: true, force: true });
  }
}

if (process.argv.length !== 3) {
  console.error("usage: node compare.js OUT.png");
  process.exit(2);
}
try {
  await main(process.argv[2]);
  console.error(`wrote ${process.argv[2]}`);
} catch (error) {
  console.error(`compare.js: ${error.message}`);
  process.exit(1);
}
