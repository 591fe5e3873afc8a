"""The board: the map on the wall, what the room says about it, and what the log says to that."""

from journeylib.workshop.board.exhibit import Exhibit, exhibit
from journeylib.workshop.board.joining import join
from journeylib.workshop.board.view import View
from journeylib.workshop.board.wall import Board, board

__all__ = ["Board", "Exhibit", "View", "board", "exhibit", "join"]
