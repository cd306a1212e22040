"""What Prometheus is told: `families.py` names it, `meter.py` is how it is reported."""
