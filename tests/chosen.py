"""Which engine an evaluation is given on its command line."""


def model_or_engine(arguments, model):
    """`model` on the CPU, unless `arguments` name an engine, which has one of its own."""
    return [] if "--engine" in arguments else ["--model", str(model), "--device", "cpu"]
