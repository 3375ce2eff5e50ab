"""The registry of pruning orders, one line each, in the order in which they are offered; no Keras."""

from core.order.order import PruningOrder
from core.order.orders.anp import MASKS
from core.order.orders.ascending import ASCENDING
from core.order.orders.descending import DESCENDING
from core.order.orders.difference import DIFFERENCE
from core.order.orders.index import INDEX
from core.order.orders.layers import LAYERS
from core.order.orders.lipschitz import LIPSCHITZ
from core.registry.registry import Registry

ORDERS: Registry[PruningOrder] = Registry(
    "pruning order",
    (
        ASCENDING,
        LAYERS,
        LIPSCHITZ,
        MASKS,
        DESCENDING,
        INDEX,
        DIFFERENCE,
    ),
)
DEFAULT_ORDER = ASCENDING
