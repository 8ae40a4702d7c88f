"""How the judge's weights come about: the data, its generators, the training and the figures."""
