"""A Streamlit page that does next to nothing: a title, and a table as long as a page of the console's lists."""

import pandas as pd
import streamlit as st

st.title("A trivial page")
st.dataframe(pd.DataFrame({"job": range(18), "state": ["succeeded"] * 18, "store": ["Harbor"] * 18}))
