"""HTTP for editors without a language server: OpenAI's, Mistral's and llama.cpp's shapes.

What a shape asks for becomes one `Asked`, which goes the way of every other request; what comes
back is the text between prompt and suffix.
"""
