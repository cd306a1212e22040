"""Ship weights, and renew every figure that is told of them."""
