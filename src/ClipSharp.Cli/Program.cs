using System.CommandLine;

namespace ClipSharp.Cli;

internal static class Program
{
    private static int Main(string[] arguments)
    {
        var root = new RootCommand("CLIP for .NET: train it, name, find and compare pictures in plain words.");
        try
        {
            return root.Parse(arguments).Invoke();
        }
        catch (ClipException e)
        {
            Console.Error.WriteLine($"error: {e.Message}");
            return (int)e.Kind;
        }
    }
}
