"""Today's stack: LangChain's ChatOllama in a LangGraph graph, streamed by a minimal ASGI server."""

import json
import os
import sys

import uvicorn
from langchain_ollama import ChatOllama
from langgraph.graph import END, START, MessagesState, StateGraph
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route

base_url = f"http://127.0.0.1:{sys.argv[2]}"
graphs = {}


def graph_of(model):
    if model not in graphs:
        chat = ChatOllama(model=model, base_url=base_url, temperature=0)

        async def call(state):
            return {"messages": [await chat.ainvoke(state["messages"])]}

        graph = StateGraph(MessagesState)
        graph.add_node("model", call)
        graph.add_edge(START, "model")
        graph.add_edge("model", END)
        graphs[model] = graph.compile()
    return graphs[model]


async def run(request):
    body = await request.json()

    async def events():
        stream = graph_of(body["model"]).astream({"messages": body["messages"]}, stream_mode="messages")
        async for message, _ in stream:
            if message.content:
                yield json.dumps({"text": message.content}) + "\n"
        yield '{"finished": true}\n'

    return StreamingResponse(events(), media_type="application/x-ndjson")


os.environ["LANGSMITH_TRACING"] = "false"
app = Starlette(routes=[Route("/run", run, methods=["POST"])])
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
