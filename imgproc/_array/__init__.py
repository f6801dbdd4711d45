"""What an image array is: its library, its layout, its dtype, and the ways between them."""
