using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;

namespace Lambent.Guest
{
    /// <summary>The hooks that the function has registered with <c>Amazon.Lambda.Core.SnapshotRestore</c>.</summary>
    static class SnapStart
    {
        /// <summary>False: a hook has failed, which the platform and the log have been told.</summary>
        public static bool Run(RuntimeApi api, Log log)
        {
            try
            {
                // The last one that was registered comes first (AWS).
                foreach (var hook in Hooks("CopyBeforeSnapshotCallbacksToRegistry").AsEnumerable().Reverse()) hook().AsTask().GetAwaiter().GetResult();
            }
            catch (Exception error)
            {
                log.Write(Level.Error, error, $"Failed to invoke before snapshot hooks: {error}");
                api.InitError(error, "Runtime.BeforeSnapshotError");
                return false;
            }
            api.RestoreNext();
            try
            {
                foreach (var hook in Hooks("CopyAfterRestoreCallbacksToRegistry")) hook().AsTask().GetAwaiter().GetResult();
            }
            catch (Exception error)
            {
                log.Write(Level.Error, error, $"Failed to invoke after restore callables: {error}");
                api.RestoreError(error, "Runtime.AfterRestoreError");
                return false;
            }
            return true;
        }

        static List<Func<ValueTask>> Hooks(string method)
        {
            var hooks = new List<Func<ValueTask>>();
            Core.Assembly?.GetType("Amazon.Lambda.Core.SnapshotRestore")
                ?.GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)
                ?.Invoke(null, new object[] { new Action<Func<ValueTask>>(hooks.Add) });
            return hooks;
        }
    }
}
