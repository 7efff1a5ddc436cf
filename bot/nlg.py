"""Fixed responses with the deployment's numbers filled in, in process (endpoints.yml names this class)."""
from rasa.core.nlg import TemplatedNaturalLanguageGenerator

from bot.deployment import DEFAULTS, deployment


class DeploymentNLG(TemplatedNaturalLanguageGenerator):
    """Rasa's own response generator, given the words of deployment.yml with every response."""

    def __init__(self, endpoint_config=None, domain=None):
        super().__init__(domain.responses if domain else {})

    async def generate(self, utter_action, tracker, output_channel, **kwargs):
        """Return the response dict, or None if the domain has none of that name."""
        return await super().generate(utter_action, tracker, output_channel, **{**{name: deployment()[name] for name in DEFAULTS}, **kwargs})
