using Chat;
using Peregrine.Samples;

return await SampleServer.RunAsync("Peregrine chat", "/rooms/", new ChatServer().ServeAsync);
