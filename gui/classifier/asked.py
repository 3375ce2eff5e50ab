"""Which networks answer for an image: B, and the B′ that is chosen or pruned on the screen."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gui.state.masked_network import MaskedNetwork
from gui.state.session import Session

if TYPE_CHECKING:
    from core.data.trigger import Trigger
    from core.network.network import Network


@dataclass(frozen=True, slots=True, eq=False)
class AskedNetworks:
    """The networks that answer, as jobs take them.

    Attributes:
        masked: B, and the channels pruned in it for B′.
        repaired: B′ as a separate network; `masked` then prunes nothing. None if B′ is `masked`.
        level: the confidence level of `repaired`; None if it is not known.
        text: describes B′: "48 of 60 channels pruned".
    """

    masked: MaskedNetwork
    repaired: "Network | None"
    level: float | None
    text: str

    def is_same(self, other: "AskedNetworks | None") -> bool:
        """Whether the answers of both are the same."""
        if other is None:
            return False
        mine, theirs = self.masked, other.masked
        is_masked = mine.channel_mask is not None and theirs.channel_mask is not None
        return (
            (mine.network, self.repaired) == (theirs.network, other.repaired)
            and (mine.scale, mine.layer, mine.reader, self.level)
            == (theirs.scale, theirs.layer, theirs.reader, other.level)
            and (
                np.array_equal(mine.channel_mask, theirs.channel_mask)  # type: ignore[arg-type] # neither is None here
                if is_masked
                else mine.channel_mask is theirs.channel_mask
            )
        )


@dataclass(frozen=True, slots=True, eq=False)
class WornTrigger:
    """The trigger that is laid over images.

    Attributes:
        is_on: whether it is laid over them at all.
        trigger: the trigger; None for the built-in one.
    """

    is_on: bool
    trigger: "Trigger | None"

    def is_same(self, other: "WornTrigger | None") -> bool:
        """Whether images look the same with both."""
        if other is None or self.is_on != other.is_on:
            return False
        return not self.is_on or self.trigger is other.trigger


def masked_network(session: Session) -> MaskedNetwork | None:
    """Return B with the channels pruned on the screen; None while no model is open."""
    if session.network is None:
        return None
    channel_mask = session.channel_mask
    settings = session.run.settings if session.run is not None else session.settings
    return MaskedNetwork(
        network=session.network.with_tensor(settings.tensor),
        scale=session.scale,
        layer=settings.layer if channel_mask is not None else None,
        channel_mask=channel_mask,
        reader=settings.reader,
    )


def asked_networks(session: Session) -> AskedNetworks | None:
    """Return the networks that answer now; None while no model is open."""
    masked = masked_network(session)
    if masked is None:
        return None
    asked = session.classified
    if asked is None:
        return AskedNetworks(masked, None, None, session.step_text)
    bare = MaskedNetwork(masked.network, masked.scale, None, None, None)
    return AskedNetworks(bare, asked.pruned, asked.level, asked.name)


def worn_trigger(session: Session) -> WornTrigger:
    """Return the trigger that is laid over images now."""
    return WornTrigger(session.is_trigger_on, session.trigger)
