"""dlt's contestant, run in the peers' environment: rest_api source, sqlalchemy destination, merge by id. `dlt_sync.py ADDRESS DATABASE_URL FOLDER`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # bench.child stands beside the product, not in this environment
os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
os.environ.setdefault("RUNTIME__LOG_LEVEL", "ERROR")

import dlt
from dlt.sources.rest_api import rest_api_source

from bench.child import measured


def main(address: str, database: str, folder: str) -> None:
    """One run of a pipeline; its state is kept in `folder`, so that a second run merges."""
    paginator = {
        "type": "cursor", "cursor_path": "data.products.pageInfo.endCursor", "has_more_path": "data.products.pageInfo.hasNextPage",
        "cursor_body_path": "variables.after",
    }  # fmt: skip
    asked = {
        "path": "graphql.json", "method": "POST", "json": {"query": "products", "variables": {"first": 250}}, "data_selector": "data.products.nodes",
    }  # fmt: skip
    resource = {"name": "products", "primary_key": "id", "write_disposition": "merge", "endpoint": asked}
    source = rest_api_source({"client": {"base_url": address, "paginator": paginator}, "resources": [resource]})
    pipeline = dlt.pipeline(
        "bench", pipelines_dir=folder, destination=dlt.destinations.sqlalchemy(credentials=database), dataset_name="dlt_bench"
    )
    with measured() as told:
        pipeline.run(source)
        told["records"] = pipeline.last_trace.last_normalize_info.row_counts["products"]


if __name__ == "__main__":
    main(*sys.argv[1:4])
