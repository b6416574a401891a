"""The CRM behind the gateway: leads, contacts and activities, each of one tenant, on Django REST framework."""
