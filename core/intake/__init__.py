"""Reading of files one does not trust, in a process of its own.

`client` is what the rest of the application calls: it starts `python -m core.intake` on one file, waits with a time and
a memory limit, checks the answer and hands out plain arrays. Everything that touches the bytes of a file (`screening`,
`model_reader`, `data_reader`, `image_reader`) runs in that child only, without TensorFlow.
"""
