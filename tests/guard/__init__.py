"""What keeps tests off the network and out of the home of the person who runs them."""
