"""The people's side: draws what db/ answers and says what tasks/ can do; knows no SQL, HTTP client or Redis."""
