"""From findings and specification to a project: requirements, integration, training, readiness."""
