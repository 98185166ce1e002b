"""Which records a WooCommerce shop no longer has. A list narrows the question down, the answer about each id decides.

Being absent from a list proves nothing: a status that a plugin keeps out of searches, or a filter of its own, hides rows that
live. What `status=trash` lists is in the trash; what neither list has is asked for by its own address, where 404 is the evidence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from integrations.errors import NotThere
from integrations.woo_nested import SideBySide
from integrations.woo_paging import WooLists

IN_TRASH = "in the trash"
GONE = "asked for by its id, the shop answered 404"

_PATHS = {"products": "/products", "inventory": "/products", "orders": "/orders", "customers": "/customers"}


class WooMissing:
    """Asks one shop."""

    def __init__(self, api: str, side_by_side: SideBySide) -> None:
        self._api = api
        self._side_by_side = side_by_side

    def among(self, stream: str, external_ids: Sequence[str]) -> dict[str, str]:
        """Which of at most 100 records are gone: id → evidence. An id that is no number was never the shop's: nothing is said of it.

        Raises: any IntegrationError but Unmappable.
        """
        path = self._api + _PATHS[stream]
        pairs = {external_id: external_id.split(":", 1) for external_id in external_ids}
        pairs = {external_id: pair for external_id, pair in pairs.items() if all(part.isascii() and part.isdigit() for part in pair)}
        parents = self._gone(path, sorted({pair[0] for pair in pairs.values()}, key=int), has_trash=stream != "customers")
        missing = {external_id: parents[pair[0]] for external_id, pair in pairs.items() if pair[0] in parents}
        variations = defaultdict(list)
        for pair in pairs.values():
            if len(pair) > 1 and pair[0] not in parents:
                variations[pair[0]].append(pair[1])
        for parent, ids in variations.items():
            of_parent = self._gone(f"{path}/{parent}/variations", ids, has_trash=True)
            missing |= {f"{parent}:{one}": evidence for one, evidence in of_parent.items()}
        return missing

    def _gone(self, path: str, ids: Sequence[str], *, has_trash: bool) -> dict[str, str]:
        if not ids:
            return {}
        wanted: dict[str, str | int] = {"include": ",".join(ids), "_fields": "id,status" if has_trash else "id"}
        scopes: list[dict[str, str | int]] = [{"status": "any"}, {"status": "trash"}] if has_trash else [{"role": "all"}]
        found = self._side_by_side.each(lambda lists, scope: lists.everything(path, {**wanted, **scope}), scopes)
        alive = {str(row["id"]) for row in found[0]}
        gone = {str(row["id"]): IN_TRASH for row in found[-1] if row.get("status") == "trash" and str(row["id"]) in ids}
        unseen = [one for one in ids if one not in alive and one not in gone]
        for one, evidence in zip(unseen, self._side_by_side.each(lambda lists, one: self._asked(lists, path, one), unseen), strict=True):
            if evidence:
                gone[one] = evidence
        return gone

    def _asked(self, lists: WooLists, path: str, one: str) -> str:
        try:
            row = lists.one(f"{path}/{one}", {"_fields": "id,status"})
        except NotThere:
            return GONE
        return IN_TRASH if row.get("status") == "trash" else ""
