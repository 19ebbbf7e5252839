"""The product as a server runs it, with the benchmark's routes beside its own; settings come from the environment."""

from airbnb.blueprints.search import _market
from airbnb.factory import create_app
from benchmarks.search_routes import add_routes
from benchmarks.worlds import RoomyLimit

app = create_app()
app.extensions["airbnb_limits"] = RoomyLimit()
with app.app_context():
    add_routes(app, _market())
