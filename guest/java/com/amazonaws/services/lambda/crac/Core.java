package com.amazonaws.services.lambda.crac;

/**
 * What functions find behind `org.crac.Core` on AWS: the open-source library org-crac takes the classes of this package
 * when the property `org.crac.Core.Compat` names it. Names and signatures are therefore given.
 */
public final class Core {
    private static final Context<Resource> GLOBAL = new GlobalContext();

    private Core() {}

    public static Context<Resource> getGlobalContext() {
        return GLOBAL;
    }

    public static void checkpointRestore() {
        throw new UnsupportedOperationException();
    }
}
