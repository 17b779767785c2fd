// The page that compares the nights, with what tells them apart.
import { timeout } from "./browser.js";

const parameters = ["as_of"];
const metrics = ["recall_at_20", "ndcg_at_20", "lists/catalogue_coverage"];

/** The picture of the comparison of runs, the oldest first. */
export function compare(experiment, runs) {
  const list = (values) => encodeURIComponent(JSON.stringify(values));
  return {
    path: `/compare-runs?runs=${list(runs)}&experiments=${list([experiment])}`,
    awaited: "Comparing",
    size: { width: 1600, height: 1700 },
    prepare: chooseWhatTells,
  };
}

async function chooseWhatTells(page) {
  await page.getByTestId("clear-button").click({ timeout });
  await choose(page, 0, parameters);
  await choose(page, 1, metrics);
  for (const section of ["Parameters", "Metrics"]) {
    await page.getByRole("switch", { name: `${section} - Show diff only` }).click({ timeout });
  }
  await page.waitForTimeout(5_000); // the chart draws itself step by step
}

/** Chooses what the chart shows, in one of its two lists. */
async function choose(page, list, names) {
  await page.locator(".du-bois-light-select-selector").nth(list).click({ timeout });
  for (const name of names) {
    const option = page.locator(`.du-bois-light-select-item-option[title="${name}"]:visible`);
    await page.locator(".du-bois-light-select-item-option:visible").first().hover({ timeout });
    for (const step of [100, -100]) { // the list holds only what is in sight
      for (let tries = 0; tries < 50 && (await option.count()) === 0; tries++) {
        await page.mouse.wheel(0, step);
        await page.waitForTimeout(50);
      }
    }
    await option.click({ timeout });
  }
  await page.keyboard.press("Escape");
}
