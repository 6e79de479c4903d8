"""Winners say where their prize goes; what nobody claims in time goes to the next alternate, once."""
