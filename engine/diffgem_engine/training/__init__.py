"""Training: corpus, spans, noise, loss and the loop.  Imported by `diffgem-engine train` alone."""
