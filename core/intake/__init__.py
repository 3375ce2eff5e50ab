"""Reading of untrusted files in a separate process.

The rest of the application calls `client`: it starts `python -m core.intake` on one file, waits with a time and a
memory limit, checks the answer and returns plain arrays. All code that touches the bytes of a file (`screening`,
`model_reader`, `data_reader`, `image_reader`) runs only in that child, without TensorFlow.
"""
