"""How consultations do: weights against a known truth, speed at a hundred thousand answers, floods, whole surveys."""
