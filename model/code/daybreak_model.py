"""MLflow's python_function flavor of a Daybreak model."""
