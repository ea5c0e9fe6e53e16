using Arena;
using Peregrine.Samples;

using var game = new Game();
return await SampleServer.RunAsync("Peregrine arena", "/arena", game.ServeAsync);
