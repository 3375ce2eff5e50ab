"""Whether a layer can stop reading single channels; no Keras."""

from core.channels import PrunableLayer
from core.errors import LayerError


def check_reader(layer: PrunableLayer, reader: str) -> None:
    """Check that `reader` reads `layer` and can stop reading single channels.

    Raises:
        LayerError: it does not, or cannot.
    """
    if layer.parts:
        raise LayerError("several layers are pruned for every reader: leave reader out", code="no-such-reader")
    names = [each.layer for each in layer.readers]
    for each in layer.readers:
        if each.layer == reader:
            if each.is_cuttable:
                return
            raise LayerError(
                f"'{reader}' ({each.class_name}) cannot stop reading single channels of '{layer.name}'; "
                "only a convolution or a dense layer can",
                code="reader-not-cuttable",
            )
    raise LayerError(
        f"the reader must be one of the layers that read '{layer.name}' ({', '.join(names) or 'none'}), got '{reader}'",
        code="no-such-reader",
    )
