"""Constants shared by the child and its parent: names of scratch files, messages, the version, limits of names."""

# Part of the cache keys: increase it when the same file would be read differently, or would be refused.
INTAKE_VERSION = 12

ANSWER_FILE = "answer.json"
SANDBOX_FILE = "sandbox.json"
DIGESTS_FILE = "digests.json"

# The child's messages are lines that begin with one of these, and end with an answer. The state of the sandbox comes
# first, before the file is parsed: later the file may be in charge.
# How many bytes the arrays take is told before each is written.
SANDBOX_MESSAGE, PROGRESS_MESSAGE, SIZE_MESSAGE, ANSWER_MESSAGE = b"S", b"P", b"N", b"A"

# For an earlier run's results: pattern of a method name, and the largest length and number of file names.
METHOD_PATTERN = r"^[a-z0-9-]{1,40}$"
LONGEST_NAME = 255
MOST_FILES = 1_000

# For names of classes: the largest length of one, and the largest number of classes.
LONGEST_CLASS_NAME = 200
MOST_CLASSES = 100_000
# Version of the Keras that wrote a file, as the file says.
VERSION_PATTERN = r"^[0-9A-Za-z.+-]{0,32}$"
