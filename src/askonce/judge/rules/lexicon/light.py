"""Words that questions have whatever they ask: articles, auxiliaries, pronouns, courtesy, ways to ask."""

from askonce.judge.rules.lexicon import word_set

LIGHT_WORDS = word_set(
    """
    a an the this that these those there here it its it's i i'm i'd i've i'll im me my mine myself we us
    our ours you
    your yours u ur he him his she her hers they them their theirs one ones someone somebody anyone
    anybody something
    anything everyone everybody everything people person thing things stuff
    is are was were be been being am 's 're do does did done doing have has had having will would shall
    should can
    could may might must ought gonna wanna need needs needed want wants wanted like get gets got getting
    go goes going
    and or but if then so than as of to in on at by for from with about into onto over up down out off
    what what's whats which who who's whom whose when where why how how's hows
    please pls plz kindly thanks thank hi hello hey dear ok okay well just really actually very quite
    much many some any
    also too either both all each every other another such same
    tell give show find list name explain describe know knows let help say said ask asked question
    answer question's
    way ways best good possible able exactly currently now still ever always even only
    don't doesn't didn't isn't aren't wasn't weren't won't wouldn't can't couldn't shouldn't haven't
    hasn't hadn't
    not no t s d m re ve ll
    """
)
