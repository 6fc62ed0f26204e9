"""The Sparkplug host application: edge nodes' sessions become readings and states of assets."""
