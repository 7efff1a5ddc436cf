"""What the assistant knows and decides; nothing in here but components, serve and channels imports Rasa."""
