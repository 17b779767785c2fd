// The browser and MLflow's pages in it.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

export const timeout = 60_000; // ms
const settle = 4_000; // ms; MLflow's charts draw themselves step by step

/** Opens Chromium, calls use with a page of MLflow's, and closes it whatever happens. */
export async function browse(mlflow, use) {
  const profile = await mkdtemp(join(tmpdir(), "chromium-"));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--no-first-run",
    ],
  });
  try {
    const page = await browser.newPage();
    // Nothing is asked of anyone but MLflow, so that the picture is the same without the internet.
    await page.route((url) => !url.href.startsWith(mlflow), (route) => route.abort());
    return await use(page);
  } finally {
    await browser.close();
    await rm(profile, { recursive: true, force: true });
  }
}

/** Opens one of MLflow's pages, in its view for training rather than for GenAI, without its assistant. */
export async function open(page, mlflow, path, awaited, { width, height }) {
  await page.setViewportSize({ width, height });
  await page.goto("about:blank"); // else a new fragment alone would keep what the last page had open
  await page.goto(`${mlflow}/#${path}`, { waitUntil: "domcontentloaded", timeout });
  await page.getByText(awaited).first().waitFor({ timeout });
  const training = page.getByText("Model training", { exact: true });
  if (await training.isVisible()) {
    await training.click({ timeout });
    if (!page.url().endsWith(path)) {
      await page.goto(`${mlflow}/#${path}`, { waitUntil: "domcontentloaded", timeout });
    }
    await page.getByText(awaited).first().waitFor({ timeout });
  }
  const assistant = page.locator('[data-component-id="mlflow.assistant.chat_panel.close"]');
  if (await assistant.isVisible()) {
    await assistant.click({ timeout });
  }
  await page.waitForTimeout(settle);
}
