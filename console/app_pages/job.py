"""One job on a page of its own, to link to: /job?id=4711."""

from __future__ import annotations

import streamlit as st

from console.parts import job_detail
from console.parts.faces import empty
from console.parts.page_head import head

wanted = str(st.query_params.get("id", ""))
with head(f"Job {wanted}" if wanted.isdigit() else "Job", "What it did, attempt by attempt."):
    st.page_link("app_pages/jobs.py", label="All jobs", icon=":material/arrow_back:")
if wanted.isdigit():
    with st.container(width=860):
        job_detail.show(int(wanted[:18]), place="page")
else:
    empty("Which job?", "The address of a job ends with its number, like /job?id=4711.", icon="search_off",
          action="All jobs", page="app_pages/jobs.py", key="job_none")  # fmt: skip
