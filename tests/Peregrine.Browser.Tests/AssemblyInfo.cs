using Xunit.Sdk;
using Xunit.v3;

// A browser takes both cores of a small machine as it is, and the scenarios take turns in one page anyhow.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(Peregrine.Browser.Tests.BrowserHost))]
