"""The five endpoints of SparrowRecSys: same paths, parameters and field names.

Every parameter is required, as it was there. A year or mean that is unknown is 0, as it was there,
since clients call `averageRating.toPrecision(2)` unasked.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from fastapi import APIRouter, Request, Response

from online.api.legacy.legacy_movies import LegacyMovies
from online.api.legacy.legacy_schema import LegacyMovie, LegacyUser
from online.api.middleware.user_response_cache import cache_page_response, cache_response
from online.api.problems import PROBLEMS
from online.api.responses import (
    CurrentService,
    Limit,
    QueryId,
    RequestId,
    json_array,
    json_response,
)
from online.engine.service import Service
from online.types import Page, Query


def legacy_router() -> APIRouter:
    """The routes, with a memory of movies of their own."""
    router = APIRouter(tags=["as in SparrowRecSys"], responses=PROBLEMS)
    movies = LegacyMovies()

    @router.get("/getmovie", response_model=LegacyMovie)
    async def get_movie(service: CurrentService, id: QueryId) -> Response:  # noqa: A002
        """One movie with its ten best ratings."""
        (document,) = movies.documents(service, [service.movie(id)])
        return Response(document, media_type="application/json")

    @router.get("/getuser", response_model=LegacyUser)
    async def get_user(request: Request, service: CurrentService, id: QueryId) -> Response:  # noqa: A002
        """One user with all ratings, by movie."""
        history = await service.history(id)
        basis = history.basis
        if basis is not None:
            cache_response(request, lambda _: service.is_history_unchanged(basis))
        return json_response(user_document(id, history.ratings))

    @router.get("/getsimilarmovie", response_model=list[LegacyMovie])
    async def get_similar_movie(
        service: CurrentService,
        movieId: QueryId,  # noqa: N803
        size: Limit,
        model: Literal["emb"],  # noqa: ARG001
    ) -> Response:
        """Movies most like one, itself not among them."""
        found = service.similar(movieId, "embedding", size)
        return json_array(movies.documents(service, found))

    @router.get("/getrecommendation", response_model=list[LegacyMovie])
    async def get_recommendation(
        service: CurrentService, genre: str, size: Limit, sortby: Literal["rating", "releaseYear"]
    ) -> Response:
        """The best rated or the newest movies of a genre."""
        found = service.chart("top-rated" if sortby == "rating" else "latest", genre, size)
        return json_array(movies.documents(service, found))

    @router.get("/getrecforyou", response_model=list[LegacyMovie])
    async def get_recommendations_for_you(
        request: Request,
        service: CurrentService,
        request_id: RequestId,
        id: QueryId,  # noqa: A002
        size: Limit,
        model: str,
    ) -> Response:
        """What a user should watch next; nothing that they rated."""
        model_name = model_named(service, model)
        query = Query(id, size, model=model_name, allow_unknown_user=False, request_id=request_id)
        page = await service.recommend(query)
        cache_page_response(request, service, query, page)
        answer = json_array(movies.documents(service, [item.movie for item in page.items]))
        answer.headers.update(algorithm_name(page))
        return answer

    return router


def model_named(service: Service, name: str) -> str | None:
    """The original's model names in today's: `emb` ranks by embedding, `nerualcf` by a network.

    The misspelling means NeuralCF where the release has it, else its default model.
    """
    if name == "nerualcf":
        return "neuralcf" if "neuralcf" in service.models() else None
    return {"emb": "signal:als"}.get(name, name)


def algorithm_name(page: Page) -> dict[str, str]:
    """What made a list, as headers: the original's body has no place for it."""
    return {
        "X-Sparrow-Release": page.release,
        "X-Sparrow-Flow": page.flow,
        "X-Sparrow-Model": page.model,
        "X-Sparrow-Variants": ", ".join(f"{name}:{v}" for name, v in page.variants.items()),
    }


def user_document(user_id: int, history: np.ndarray) -> dict[str, Any]:
    """A user with these ratings (HISTORY) in the original's field names."""
    by_movie = history[np.lexsort((history["timestamp"], history["movie_id"]))]
    scores = by_movie["rating"].tolist()
    return {
        "userId": user_id,
        "averageRating": sum(scores) / len(scores) if scores else 0.0,
        "highestRating": max(scores, default=0.0),
        "lowestRating": min(scores, default=0.0),
        "ratingCount": len(scores),
        "ratings": [
            {"rating": {"movieId": movie, "userId": user_id, "score": score, "timestamp": time}}
            for movie, time, score in by_movie.tolist()
        ],
    }
