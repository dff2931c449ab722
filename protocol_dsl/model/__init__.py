"""The compiled protocol as frozen pydantic models; its JSON is the public interface."""
