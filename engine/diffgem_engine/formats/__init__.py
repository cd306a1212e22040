"""How a request is put to a checkpoint: three infill formats behind one interface."""
