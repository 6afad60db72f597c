"""config.yaml → a configuration that holds, or every reason why it does not."""
