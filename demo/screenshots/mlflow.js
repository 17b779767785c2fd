// What MLflow holds of a demo, asked by its REST API.

const experiment = "daybreak";
export const model = "recommender";

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

/** The experiment's id, its runs with the oldest first, and the version that serves. */
export async function nights(mlflow) {
  const found = await ask(mlflow, `experiments/get-by-name?experiment_name=${experiment}`);
  const id = found.experiment.experiment_id;
  const { runs } = await ask(mlflow, "runs/search", { experiment_ids: [id], order_by: ["attributes.start_time ASC"] });
  if (!runs || runs.length < 2) {
    throw new Error(`experiment ${experiment} has ${runs ? runs.length : 0} runs; to compare there must be 2 or more`);
  }
  const champion = await ask(mlflow, `registered-models/alias?name=${model}&alias=champion`);
  return { experiment: id, runs: runs.map((run) => run.info.run_id), champion: champion.model_version };
}
