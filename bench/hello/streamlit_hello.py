"""A hello-chat on Streamlit, as its documentation shows one."""

import streamlit as st

st.title("Hello")
if "said" not in st.session_state:
    st.session_state.said = []
for one in st.session_state.said:
    with st.chat_message(one["role"]):
        st.markdown(one["content"])
if text := st.chat_input("Say something"):
    st.session_state.said.append({"role": "user", "content": text})
    with st.chat_message("user"):
        st.markdown(text)
    with st.chat_message("assistant"):
        st.markdown(f"Hello: {text}")
    st.session_state.said.append({"role": "assistant", "content": f"Hello: {text}"})
