namespace Peregrine.Browser.Tests;

/// <summary>The browsers every scenario runs in.</summary>
public enum BrowserKind
{
    Chromium,
    Firefox,
}
