namespace Peregrine.Browser.Tests;

/// <summary>A scenario threw in the page; the message is what it threw.</summary>
public sealed class PageException(string message) : Exception("The page says: " + message);
