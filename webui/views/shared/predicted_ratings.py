"""Cards with the stars that the user is expected to give."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from online.engine.service import Service
from sparrow.errors import SparrowError
from webui.views.shared.cards import Card

log = logging.getLogger(__name__)


async def with_predicted_ratings(
    service: Service, user_id: int | None, cards: Sequence[Card]
) -> tuple[Card, ...]:
    """The cards with predicted ratings where there are any; without while Redis is away."""
    if user_id is None:
        return tuple(cards)
    try:
        predictions = await service.predict_ratings(
            user_id, [card.movie.movie_id for card in cards]
        )
    except SparrowError as error:
        log.warning("the list goes without expected stars", extra={"reason": str(error)})
        return tuple(cards)
    return tuple(
        card if prediction is None else replace(card, predicted_rating=prediction.rating)
        for card, prediction in zip(cards, predictions, strict=True)
    )
