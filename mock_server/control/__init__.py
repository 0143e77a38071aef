"""The control operations under `/_mock/`, outside every contract: `openapi.yaml` routes and checks them."""
