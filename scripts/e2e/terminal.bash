# What terminal editors are seen through.
debian tmux tmux
